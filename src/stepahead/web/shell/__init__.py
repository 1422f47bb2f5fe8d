"""Access checks around every service: who may call it, and what its answers may do in a browser.

::

    place = listen(port=8600)  # loopback, a random token
    app = guarded(Starlette(routes=...), place.access)
    print(place.url())  # the address with the launch token
    run(app, place)  # until Ctrl-C or SIGTERM

Every request passes the same checks (pure ASGI) before the service receives a byte: the exact
`Host` header, the HTTP method, the origin that a browser reports, the token, and the size of the
body. Every answer has the security headers, errors included.
"""

from ._access import Access as Access
from ._access import new_token as new_token
from ._answers import answered_error as answered_error
from ._answers import error_handlers as error_handlers
from ._guard import MAX_BODY as MAX_BODY
from ._guard import guarded as guarded
from ._headers import SECURITY_HEADERS as SECURITY_HEADERS
from ._log import Log as Log
from ._log import log_line as log_line
from ._log import unlogged as unlogged
from ._place import Place as Place
from ._place import listen as listen
from ._run import run as run
from ._run import serving as serving
