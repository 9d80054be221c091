"""BEHAVIOUR.md in code: what an operation does, step by step, and who writes it down."""
