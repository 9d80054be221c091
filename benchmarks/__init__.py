"""What the product promises, measured: `make bench`, or `python -m benchmarks NAME …`."""
