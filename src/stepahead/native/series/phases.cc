// What is known of the phases of a season, one step after another, of each series by itself: the
// last value at each phase, the mean of all, and a damped Holt-Winters forecast of fixed rates, as
// `_Phases` of pretrained/_tokens.py has it in NumPy.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "series.h"

namespace {

struct Phase {
  double latest = 0, total = 0, count = 0, deviation = 0, visits = 0, earlier = 0;
};

struct Rates {
  double profile, slope, damping;
};

// One series: `told` has, for each patch, `patch` numbers of each of four kinds.
void follow(int64_t steps, int64_t patch, int64_t season, const double* y, const double* last,
            const double* mean, const Rates& rates, double* told) {
  const int64_t period = std::max<int64_t>(season, 1);
  std::vector<Phase> phases(period);
  double sum = 0, seen = 0, slope = 0, changes = 0, since = 0;
  for (int64_t t = 0; t < steps; ++t) {
    Phase& now = phases[t % period];
    if (y[t] == y[t]) {
      seen += now.count == 0;
      sum += y[t] - now.latest;
      now.latest = y[t], now.total += y[t], now.count += 1;
      const double level = sum / seen;
      if (seen >= double(period)) {
        if (now.visits > 0) {
          const double change = (level - now.earlier) / double(period);
          slope += std::max(rates.slope, 1 / ++changes) * (change - slope);
        }
        now.earlier = level, now.visits += 1;
      }
      const double share = now.visits > 0 ? std::max(rates.profile, 1 / now.visits) : 1.0;
      now.deviation += share * (y[t] - level - now.deviation);
      since = 0;
    } else {
      since += 1;
    }
    if ((t + 1) % patch != 0) continue;
    const int64_t at = t / patch;
    double* out = told + at * 4 * patch;
    const double level = sum / std::max(seen, 1.0);
    double left = std::pow(rates.damping, since), damped = 0;
    damped = rates.damping * (1 - left) / (1 - rates.damping);
    for (int64_t step = 0; step < patch; ++step) {
      const Phase& next = phases[(t + 1 + step) % period];
      const bool there = next.count > 0, own = there && season > 0;
      left *= rates.damping, damped += left;
      out[step] = own ? next.latest : last[at];
      out[patch + step] = own ? next.total / next.count : mean[at];
      out[2 * patch + step] = there ? level + next.deviation : out[step];
      out[3 * patch + step] = out[2 * patch + step] + slope * damped;
    }
  }
}

}  // namespace

// Values are rows of `steps`, NaN where missing; `last` and `mean` have a number for each patch.
STEPAHEAD_CALL void stepahead_phases(int64_t count, int64_t steps, int64_t patch,
                                     const int64_t* seasons, const double* values,
                                     const double* last, const double* mean, double profile,
                                     double slope, double damping, int64_t threads, double* told) {
  const int64_t patches = steps / patch;
  each_series(count, int(threads), [&](int64_t series) {
    follow(steps, patch, seasons[series], values + series * steps, last + series * patches,
           mean + series * patches, {profile, slope, damping}, told + series * patches * 4 * patch);
  });
}
