"""The reply 答复 and what follows it: drafts, signature, delivery, rating 测评, another round, commitments 承诺."""
