"""Tag sequences in which a tag depends on the two previous ones: the best path and the marginals,
for many sequences of unequal length, in NumPy."""

import numpy as np
from jaxtyping import Float, Int

from ._longest_first import longer, longest_first


def best_second_order(
    scores: Float[np.ndarray, "total tag"],
    offsets: Int[np.ndarray, " boundary"],
    log_steps: Float[np.ndarray, "edge edge edge"],
) -> Int[np.ndarray, " total"]:
    """Return the path with the highest score for every sequence (Viterbi). Sequence s has the rows
    offsets[s] … offsets[s + 1] − 1 of `scores`.

    `log_steps[i, j, k]` scores tag k after i and j; the last index, equal to the number of tags,
    stands for the boundary: twice before a sequence, once after it.

    >>> alternate = np.log(np.full((3, 3, 3), 0.1))
    >>> alternate[0, 1, 0] = alternate[1, 0, 1] = 0.0
    >>> scores = np.log([[0.6, 0.4], [0.4, 0.6], [0.5, 0.5], [0.5, 0.5]])
    >>> best_second_order(scores, np.array([0, 4]), alternate).tolist()
    [0, 1, 0, 1]
    """
    tags, path = scores.shape[1], np.zeros(len(scores), np.int32)
    for members in longest_first(offsets):
        first, lengths = offsets[members], np.diff(offsets)[members]
        best = np.full((len(first), tags + 1, tags + 1), -np.inf)
        best[:, tags, tags] = 0.0
        came, ends = [], np.zeros((2, len(first)), np.int64)
        for step in range(lengths[0]):
            alive = longer(lengths, step)
            through = best[:alive, :, :, None] + log_steps[..., :tags]
            came.append(through.argmax(axis=1))
            best = np.full((alive, tags + 1, tags + 1), -np.inf)
            best[:, :, :tags] = through.max(axis=1) + scores[first[:alive] + step, None, :]
            done = slice(longer(lengths, step + 1), alive)
            last = (best[done] + log_steps[..., tags]).reshape(-1, (tags + 1) ** 2).argmax(axis=1)
            ends[:, done] = np.divmod(last, tags + 1)
        for step in reversed(range(lengths[0])):
            rows = np.arange(longer(lengths, step))
            before, at = ends[:, rows]
            path[first[rows] + step] = at
            ends[:, rows] = came[step][rows, before, at], before
    return path


def second_order_shares(
    scores: Float[np.ndarray, "total tag"],
    offsets: Int[np.ndarray, " boundary"],
    log_steps: Float[np.ndarray, "edge edge edge"],
) -> Float[np.ndarray, "total tag"]:
    """Return the marginal probability of every tag at every position by forward-backward. Arguments
    as `best_second_order`.

    >>> even = np.zeros((3, 3, 3))
    >>> second_order_shares(np.log([[0.3, 0.7]]), np.array([0, 1]), even).round(4).tolist()
    [[0.3, 0.7]]
    """
    tags, shares = scores.shape[1], np.zeros(scores.shape)
    steps = np.exp(log_steps)
    ahead = np.ascontiguousarray(steps.transpose(1, 0, 2)[..., :tags])  # [middle, before, after]
    behind = np.ascontiguousarray(ahead.transpose(0, 2, 1))
    likelihood = np.exp(scores - scores.max(axis=1, keepdims=True))
    for members in longest_first(offsets):
        first, lengths = offsets[members], np.diff(offsets)[members]
        forward = [np.zeros((tags + 1, len(first), tags + 1))]  # [last, sequence, before it]
        forward[0][tags, :, tags] = 1.0
        for step in range(lengths[0]):
            alive = longer(lengths, step)
            joint = np.zeros((tags + 1, alive, tags + 1))
            found = np.matmul(forward[-1][:, :alive], ahead) * likelihood[first[:alive] + step]
            joint[:tags] = found.transpose(2, 1, 0)
            forward.append(joint / joint.sum(axis=(0, 2), keepdims=True))
        rest = np.zeros((tags + 1, 0, tags + 1))
        for step in reversed(range(lengths[0])):
            alive, later = longer(lengths, step), longer(lengths, step + 1)
            back = np.empty((tags + 1, alive, tags + 1))
            back[:, later:] = steps[..., tags].T[:, None]
            if later:
                weighed = rest[:tags] * likelihood[first[:later] + step + 1].T[..., None]
                back[:, :later] = np.matmul(weighed.transpose(2, 1, 0), behind)
            back /= back.max(axis=(0, 2), keepdims=True)
            joint = (forward[step + 1] * back)[:tags].sum(axis=2).T
            shares[first[:alive] + step] = joint / joint.sum(axis=1, keepdims=True)
            rest = back
    return shares
