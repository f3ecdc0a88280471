"""The report: one page of A4 on the run so far, to print or to keep as a PDF."""
