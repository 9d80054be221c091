"""The Django project: settings from the environment, addresses, entry points."""

VERSION = "0.1.0"
