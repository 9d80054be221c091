"""The product: what each room holds and may import is written in docs/explanation/structure.md."""
