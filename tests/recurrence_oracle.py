"""Recurrent layers in NumPy and float64, equation by equation, forward and backward; layers
drawn at random."""

import numpy as np

from stepahead import native

GATES = {"elman_tanh": 1, "elman_relu": 1, "lstm": 4, "gru": 3}


def sigma(x):
    return 1 / (1 + np.exp(-x))


def forward(cell, w, u, b, extra, x, state):
    """One step for a batch: the new state and what the backward step needs."""
    h = state[0]
    if cell == "gru":
        width = h.shape[1]
        a, q = x @ w.T + b, h @ u.T
        r, z = (
            sigma(a[:, :width] + q[:, :width]),
            sigma(a[:, width : 2 * width] + q[:, width : 2 * width]),
        )
        inner = q[:, 2 * width :] + extra
        n = np.tanh(a[:, 2 * width :] + r * inner)
        return ((1 - z) * n + z * h,), (r, z, n, inner)
    a = x @ w.T + h @ u.T + b
    if cell == "lstm":
        i, f, g, o = np.split(a, 4, axis=1)
        i, f, g, o = sigma(i), sigma(f), np.tanh(g), sigma(o)
        c = f * state[1] + i * g
        return (o * np.tanh(c), c), (i, f, g, o, c)
    h = np.tanh(a) if cell == "elman_tanh" else np.maximum(a, 0)
    return (h,), (h,)


def backward(cell, w, u, state, kept, slopes):
    """Gradients of one step: of the two pre-activations, W x + b and U h + b_n, and of the state
    before."""
    dh = slopes[0]
    if cell == "gru":
        r, z, n, inner = kept
        dn = dh * (1 - z) * (1 - n * n)
        dr, dz = dn * inner * r * (1 - r), dh * (state[0] - n) * z * (1 - z)
        da, dq = np.hstack([dr, dz, dn]), np.hstack([dr, dz, dn * r])
        return da, dq, (dq @ u + dh * z,)
    if cell == "lstm":
        i, f, g, o, c = kept
        dc = slopes[1] + dh * o * (1 - np.tanh(c) ** 2)
        da = np.hstack(
            [
                dc * g * i * (1 - i),
                dc * state[1] * f * (1 - f),
                dc * i * (1 - g * g),
                dh * np.tanh(c) * o * (1 - o),
            ]
        )
        return da, da, (da @ u, dc * f)
    da = dh * ((1 - kept[0] ** 2) if cell == "elman_tanh" else (kept[0] > 0))
    return da, da, (da @ u,)


def oracle(cell, reverse, layer, slopes):
    """Outputs, last state and all gradients of one member, in float64, by a loop over time."""
    x, w, u, b, extra, h, c = (np.asarray(a[0], np.float64) for a in layer[:7])
    lengths = np.asarray(layer.lengths[0])
    d_outputs, *d_state = (np.asarray(a[0], np.float64) for a in slopes)
    batch, time, _ = x.shape
    state = (h, c) if cell == "lstm" else (h,)
    d_state = tuple(d_state[: len(state)])
    outputs, tape = np.zeros((batch, time, h.shape[1])), []
    for t in reversed(range(time)) if reverse else range(time):
        alive = (t < lengths)[:, None]
        new, kept = forward(cell, w, u, b, extra, x[:, t], state)
        tape.append((t, alive, state, kept))
        outputs[:, t] = np.where(alive, new[0], 0)
        state = tuple(np.where(alive, n, s) for n, s in zip(new, state, strict=True))
    last = state
    dx, dw, du, db, d_extra = (
        np.zeros_like(x),
        np.zeros_like(w),
        np.zeros_like(u),
        np.zeros_like(b),
        np.zeros_like(extra),
    )
    for t, alive, before, kept in reversed(tape):
        inner = (d_state[0] + d_outputs[:, t], *d_state[1:])
        da, dq, d_before = backward(cell, w, u, before, kept, inner)
        da, dq = np.where(alive, da, 0), np.where(alive, dq, 0)
        d_state = tuple(np.where(alive, n, s) for n, s in zip(d_before, d_state, strict=True))
        dx[:, t] = da @ w
        dw, du, db = dw + da.T @ x[:, t], du + dq.T @ before[0], db + da.sum(0)
        if cell == "gru":
            d_extra = d_extra + dq[:, -h.shape[1] :].sum(0)
    return (outputs, *last), (dx, dw, du, db, d_extra, *d_state)


def drawn(cell, members, batch, time, channels, hidden, seed, ragged=False):
    """A layer whose state neither dies out nor explodes, and the gradients that come from above."""
    draw = np.random.default_rng(seed)

    def normal(*shape, scale=1.0):
        return draw.normal(0, scale, shape).astype(np.float32)

    rows, is_lstm = GATES[cell] * hidden, cell == "lstm"
    layer = native.Layer(
        inputs=normal(members, batch, time, channels),
        input_weights=normal(members, rows, channels, scale=(1 + channels) ** -0.5),
        recurrent_weights=normal(members, rows, hidden, scale=0.9 * hidden**-0.5),
        bias=normal(members, rows, scale=0.3),
        candidate_bias=normal(members, hidden if cell == "gru" else 0, scale=0.3),
        h=normal(members, batch, hidden),
        c=normal(members, batch, hidden if is_lstm else 0),
        lengths=(
            draw.integers(0, time + 1, (members, batch)).astype(np.int32)
            if ragged
            else np.full((members, batch), time, np.int32)
        ),
    )
    slopes = (
        normal(members, batch, time, hidden),
        normal(members, batch, hidden),
        normal(members, batch, hidden if is_lstm else 0),
    )
    return layer, slopes
