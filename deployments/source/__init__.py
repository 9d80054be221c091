"""Code in: which repository addresses and refs are accepted, and the git mirror that serves them.

No Django here. What git has to be told is built in `git.py`; a caller supplies the way to
run it, so that a fetch has the same time limit, cancellation and live log as a hook.
"""
