"""What the cells of workbooks show, which is not always what they hold."""
