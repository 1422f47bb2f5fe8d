// Sharing work among the threads of XLA's pool, the calling thread included.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>

#include "xla/ffi/api/ffi.h"

// How often a thread that waits looks before it sleeps: some 50 µs.
constexpr int kSpins = 100000;

// Tasks that threads take one by one, each once.
struct Errand {
  virtual void take_part() = 0;
  virtual ~Errand() = default;
};

// work(0) … work(tasks - 1). One who comes too late finds no task left and touches nothing of `work`.
template <class Work>
struct Board final : Errand {
  const Work& work;
  const int tasks;
  std::atomic<int> next{0}, done{0};
  std::mutex mutex;
  std::condition_variable finished;

  Board(const Work& w, int t) : work(w), tasks(t) {}

  void take_part() override {
    for (int k; (k = next.fetch_add(1)) < tasks;) {
      work(k);
      if (done.fetch_add(1) + 1 == tasks) {
        std::lock_guard<std::mutex> lock(mutex);
        finished.notify_all();
      }
    }
  }

  void wait() {
    for (int spin = 0; spin < kSpins && done.load() < tasks; ++spin) {
    }
    std::unique_lock<std::mutex> lock(mutex);
    finished.wait(lock, [&] { return done.load() == tasks; });
  }
};

// Calls work(0) … work(tasks - 1), each once, on whichever threads are free, and returns when all
// are done.
//
// The caller takes tasks like everybody else and waits only for those that somebody has begun: a
// pool that never runs our helpers (in a forked child its threads are gone) costs time but cannot
// hang.
template <class Work>
void share(xla::ffi::ThreadPool& pool, int tasks, const Work& work) {
  const int helpers = int(std::min<int64_t>(tasks, pool.num_threads())) - 1;
  if (helpers <= 0) {
    for (int k = 0; k < tasks; ++k) work(k);
    return;
  }
  auto board = std::make_shared<Board<Work>>(work, tasks);
  for (int i = 0; i < helpers; ++i) pool.Schedule([board] { board->take_part(); });
  board->take_part();
  board->wait();
}

// Helpers for many such calls in a row, which stay awake between them for a moment: to wake a
// thread takes as long as half a batch of a small network.
class Team {
 public:
  Team(xla::ffi::ThreadPool& pool, int helpers) {
    for (int i = 0; i < helpers; ++i) pool.Schedule([desk = desk_] { desk->help(); });
  }
  ~Team() { desk_->put(nullptr, true); }

  template <class Work>
  void share(int tasks, const Work& work) {
    if (tasks == 1) return work(0);
    auto board = std::make_shared<Board<Work>>(work, tasks);
    desk_->put(board, false);
    board->take_part();
    board->wait();
  }

 private:
  struct Desk {
    std::mutex mutex;
    std::condition_variable news;
    std::shared_ptr<Errand> errand;
    std::atomic<int> number{0};
    bool closed = false;
    int asleep = 0;

    void put(std::shared_ptr<Errand> next, bool last) {
      std::lock_guard<std::mutex> lock(mutex);
      errand = std::move(next);
      closed = last;
      ++number;
      if (asleep) news.notify_all();
    }

    void help() {
      for (int seen = 0;;) {
        for (int spin = 0; spin < kSpins && number.load() == seen; ++spin) {
        }
        std::shared_ptr<Errand> mine;
        {
          std::unique_lock<std::mutex> lock(mutex);
          ++asleep;
          news.wait(lock, [&] { return number.load() != seen; });
          --asleep;
          if (closed) return;
          seen = number.load();
          mine = errand;
        }
        mine->take_part();
      }
    }
  };
  const std::shared_ptr<Desk> desk_ = std::make_shared<Desk>();
};
