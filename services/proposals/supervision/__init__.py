"""What committee and office lay over cases and units: 重点, 催办, 督办, 表彰, 公开, 立卷归档."""
