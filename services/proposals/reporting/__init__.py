"""What people look at 台账, 待办, 检索, 统计, 导出: read models and the questions put to them."""
