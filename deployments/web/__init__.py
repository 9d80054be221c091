"""The dashboard: thin views over operations.py. Pages are templates, and their words wording.py's."""
