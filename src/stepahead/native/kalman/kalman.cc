// The one call from Python: filter, and where asked for smooth, every series of a problem.
#include <atomic>
#include <numeric>
#include <thread>

#include "smoother.h"

namespace {

// Blocks of eight series of like lengths; threads take the next block as they are free. A series
// is computed in one lane from end to end, so that neither threads nor company change its bits.
void solve(const Problem& p) {
  const Pattern forward(p.states, p.transitions, p.transition_row, p.transition_column);
  const Pattern backward(p.states, p.transitions, p.transition_column, p.transition_row);
  std::vector<int64_t> order(p.series);
  std::iota(order.begin(), order.end(), 0);
  auto length = [&](int64_t s) { return p.offsets[s + 1] - p.offsets[s]; };
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t one, int64_t other) { return length(one) > length(other); });
  const int64_t blocks = (p.series + kLanes - 1) / kLanes;
  std::atomic<int64_t> next{0};
  auto work = [&] {
    Filter filter(p, forward, backward);
    filter.keep_all = p.d_transition || p.smooth_mean || p.smooth_cov || p.signal_mean;
    filter.keep = filter.keep_all || p.d_noise || p.d_shock || p.d_start_cov || p.smooth_error ||
                  p.smooth_shock;
    Smoother smoother(filter);
    for (int64_t block; (block = next.fetch_add(1)) < blocks;) {
      const int64_t first = block * kLanes;
      filter.begin(order.data() + first, std::min<int64_t>(kLanes, p.series - first));
      filter.run();
      if (filter.keep) smoother.run();
    }
  };
  std::vector<std::thread> others;
  for (int64_t k = 1; k < std::min(p.threads, blocks); ++k) others.emplace_back(work);
  work();
  for (std::thread& each : others) each.join();
}

}  // namespace

#define EXPORT extern "C" __attribute__((visibility("default")))

EXPORT void stepahead_kalman(const Problem* p) { solve(*p); }
