// Nothing to call: being linked is enough. See RuntimeAnnotations.c.
