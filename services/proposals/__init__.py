"""The proposals service: a case 件 (提案 or 建议) from submission to closed, and everything people look at of it."""
