"""Who the municipalities are: the file of the working folder and the official directory."""
