// Sharing work among the threads of XLA's pool, the calling thread included.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>

#include "xla/ffi/api/ffi.h"

// Calls work(0) … work(tasks - 1), each once, on whichever threads are free, and returns when all
// are done.
//
// The caller takes tasks like everybody else and waits only for those that somebody has begun: a
// pool that never runs our helpers (in a forked child its threads are gone) costs time but cannot
// hang. A helper that comes too late finds no task left and touches nothing of the caller's.
template <class Work>
void share(xla::ffi::ThreadPool& pool, int tasks, const Work& work) {
  const int helpers = int(std::min<int64_t>(tasks, pool.num_threads())) - 1;
  if (helpers <= 0) {
    for (int k = 0; k < tasks; ++k) work(k);
    return;
  }

  struct Board {
    const Work& work;
    const int tasks;
    std::atomic<int> next{0}, done{0};
    std::mutex mutex;
    std::condition_variable finished;

    Board(const Work& w, int t) : work(w), tasks(t) {}

    void take_part() {
      for (int k; (k = next.fetch_add(1)) < tasks;) {
        work(k);
        if (done.fetch_add(1) + 1 == tasks) {
          std::lock_guard<std::mutex> lock(mutex);
          finished.notify_all();
        }
      }
    }
  };
  auto board = std::make_shared<Board>(work, tasks);
  for (int i = 0; i < helpers; ++i) pool.Schedule([board] { board->take_part(); });
  board->take_part();
  for (int spin = 0; spin < 20000 && board->done.load() < tasks; ++spin) {
  }
  std::unique_lock<std::mutex> lock(board->mutex);
  board->finished.wait(lock, [&] { return board->done.load() == tasks; });
}
