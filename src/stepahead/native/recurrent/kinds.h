// The cells by the numbers that Python gives them.
#pragma once

#include "cells.h"

enum Kind : int32_t { kElmanTanh, kElmanRelu, kLstm, kGru };

template <class Act>
void with_cell(int32_t kind, Act act) {
  switch (kind) {
    case kElmanTanh:
      return act(Elman<false>{});
    case kElmanRelu:
      return act(Elman<true>{});
    case kLstm:
      return act(Lstm{});
    default:
      return act(Gru{});
  }
}
