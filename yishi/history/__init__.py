"""History 办理经过: a case's life, told from the log alone as an office would read it."""
