"""`yishi doctor`: examines a deployment and says in plain words what is wrong and what to do.

It only looks. What it tries, to learn what a user may do, is made so that the server refuses it for another reason.
"""
