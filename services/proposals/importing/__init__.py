"""Import of cases with their whole history 导入: columns, rows, names, acts, writing. Source: ADR 0009."""
