"""Figures of token models and of networks."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._attention import attention_plot as attention_plot
    from ._confusion import confusion_plot as confusion_plot
    from ._emissions import Emitted as Emitted
    from ._emissions import emission_panel as emission_panel
    from ._emissions import emissions_plot as emissions_plot
    from ._next_tokens import ROW as ROW
    from ._next_tokens import next_tokens_plot as next_tokens_plot
    from ._perplexity import perplexity_plot as perplexity_plot
    from ._transitions import transitions_plot as transitions_plot
    from ._unrolled import unrolled as unrolled
else:
    __getattr__, __dir__ = _door(__name__)
