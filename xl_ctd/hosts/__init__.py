"""The programs that show a workbook to people, each a thin layer over the same functions and actions."""
