"""Cases alike 相似件: likely duplicates at review, and replies to cases like this one."""
