"""Bringing a county's lists into the system 导入: bodies, units, members and cases from YAML or CSV, over HTTP."""
