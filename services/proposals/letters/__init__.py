"""What is printed 文书: letters, sheets and lists of a case from templates that a county edits."""
