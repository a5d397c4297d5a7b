// Sums over the rows of a matrix. The rows are cut into a number of parts that does not depend on the
// threads, and the sums of the parts are added up in order.
#pragma once

#include "pool/scratch.h"
#include "vectors/rows.h"

namespace ramble::RAMBLE_ISA {

struct RowParts {
  static constexpr int MOST = 16;
  int rows, width, parts, rowsAtOnce;
  float *memory;  // [parts][width]; null when there is none

  RowParts(int rows, int width)
      : rows(rows), width(width), parts(rows < MOST ? rows : MOST),
        rowsAtOnce(parts > 0 ? ceilDivide(rows, parts) : 0),
        memory(scratch(Scratch::more, static_cast<size_t>(parts) * width + 1)) {}

  // Calls add(row, sums) for every row; `sums`, [width], starts at zero and belongs to the part of the row.
  template <class Add>
  void forEach(const Add &add) const {
    parallel(parts, [&](int part, int) {
      float *sums = memory + static_cast<size_t>(part) * width;
      __builtin_memset(sums, 0, width * sizeof(float));
      const int end = (part + 1) * rowsAtOnce < rows ? (part + 1) * rowsAtOnce : rows;
      for (int row = part * rowsAtOnce; row < end; row++) add(row, sums);
    });
  }

  // Adds up the entries [from, from + count) of the sums.
  void addUp(float *out, int from, int count) const {
    forRow(count, [&](int j, int n) {
      Vec total{};
      for (int part = 0; part < parts; part++) {
        total += loadUpTo(memory + static_cast<size_t>(part) * width + from + j, n);
      }
      storeUpTo(out + j, total, n);
    });
  }
  void addUp(float *out) const { addUp(out, 0, width); }
};

}  // namespace ramble::RAMBLE_ISA
