"""gunicorn's settings beyond its command line: --config=python:ewtp.web."""

logger_class = "ewtp.logs.ServerLogger"
accesslog = None
