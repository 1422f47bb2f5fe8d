// Work shared among threads, one series after the other.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#define STEPAHEAD_CALL extern "C" __attribute__((visibility("default")))

// Calls work(0) … work(count - 1), each once, on so many threads, the caller's included.
//
// Every series is worked on by one thread alone and writes to places of its own, so that the result
// does not depend on the number of threads.
template <class Work>
void each_series(int64_t count, int threads, const Work& work) {
  std::atomic<int64_t> next{0};
  auto take_part = [&] {
    for (int64_t k; (k = next.fetch_add(1)) < count;) work(k);
  };
  std::vector<std::thread> helpers;
  const int64_t most = std::min<int64_t>(threads, count);
  for (int64_t i = 1; i < most; ++i) {
    try {
      helpers.emplace_back(take_part);
    } catch (...) {  // no thread to be had: the others do it
      break;
    }
  }
  take_part();
  for (auto& helper : helpers) helper.join();
}

