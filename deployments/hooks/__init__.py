"""The user's code: which file runs for an event, in which environment, and under whose eye.

No Django here.
"""
