"""The admissible region of smoothing parameters."""

import numpy as np


def admissible(form: str, alpha: float, beta: float, gamma: float, phi: float, season: int) -> bool:
    """Return True if a form with these smoothing parameters α, β, γ and φ is admissible: the effect
    of an error on later states does not grow. All roots of the characteristic equation are inside
    the unit circle, or on it.

    Source: Hyndman, Akram & Archibald 2008, for additive forms (their β is our φβ); the same region
    is used for the others.

    >>> admissible("A,N,N", 1.9, 0, 0, 1, 1), admissible("A,N,N", 2.1, 0, 0, 1, 1)
    (True, False)
    >>> admissible("A,A,A", 0.5, 0.2, 0.1, 1, 4), admissible("A,A,A", 0.5, 0.2, 1.8, 1, 4)
    (True, False)
    """
    _, trend, own = form.split(",")
    beta = beta * phi if trend != "N" else 0.0
    phi = phi if trend != "N" else 1.0
    if own == "N":
        plain = [1.0, alpha + beta - phi - 1, phi * (1 - alpha)]
        equation = plain if trend != "N" else [1.0, alpha - 1]
    else:
        both = alpha + beta - alpha * phi
        equation = [1.0, alpha + beta - phi, *[both] * (season - 2), both + gamma - 1]
        equation.append(phi * (1 - alpha - gamma))
    return bool(np.abs(np.roots(equation)).max() < 1 + 1e-5)
