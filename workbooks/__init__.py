"""Workbooks as people see them: where every cell is, how a workbook is built, read and written without loss."""
