// Sharing work among threads that are begun for it, where no pool is at hand.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

// Calls work(0) … work(count - 1), each once, on so many threads, this one included.
template <class Work>
void on_threads(int threads, int64_t count, const Work& work) {
  std::atomic<int64_t> next{0};
  auto take_part = [&] {
    for (int64_t k; (k = next.fetch_add(1)) < count;) work(k);
  };
  std::vector<std::thread> helpers;
  for (int64_t k = 1; k < std::min<int64_t>(threads, count); ++k) helpers.emplace_back(take_part);
  take_part();
  for (auto& helper : helpers) helper.join();
}
