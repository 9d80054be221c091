"""The file system of an environment: where things lie, how a release is made and switched.

No Django here, and no network: paths in, files out.
"""
