"""The HTTP server: saved models, with the routes of KServe and MLflow and routes of its own.

::

    models = Models.load([Path("sales.stepahead")])  # named on the command line, and only there
    place = listen(port=8600)
    run(server(models, place.access), place)
"""

from ._app import server as server
from ._limits import Limits as Limits
from ._models import Models as Models
