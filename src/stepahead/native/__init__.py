"""The compiled kernels of the recurrent layers, and whether they can be used.

>>> isinstance(available(), bool), reason().endswith(".")
(True, True)
"""

from ._calls import KINDS as KINDS
from ._calls import Layer as Layer
from ._calls import Results as Results
from ._calls import backward as backward
from ._calls import forward as forward
from ._kernels import available as available
from ._kernels import reason as reason
