"""The work of the child process of a job: `python -m stepahead.web.app.work KIND FOLDER`."""
