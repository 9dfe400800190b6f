// Matrix products (portable and OpenBLAS), products of rows, and the choice of the kernel table.
#include <algorithm>

#include "core/kernels/blas_host.h"
#include "tests/core/kernels_support.h"

namespace slim {
namespace {

template <class T>
using Gemm = void (*)(const GemmArgs<T>&);

enum class Transposes { kAny, kBAlone };

// Random sizes, transposes and pitches against the sum of products in double.
template <class T>
void ExpectProducts(Gemm<T> gemm, double tolerance, Transposes transposes = Transposes::kAny) {
  Random random(1);
  for (int trial = 0; trial < 400; ++trial) {
    GemmArgs<T> a;
    a.transpose_b = true;
    if (transposes == Transposes::kAny) {
      a.transpose_a = random.Below(2) == 1;
      a.transpose_b = random.Below(2) == 1;
    }
    a.accumulate = random.Below(2) == 1;
    a.m = Between(&random, 1, 40);
    a.n = Between(&random, 1, 40);
    a.k = Between(&random, 0, random.Below(4) == 0 ? 150 : 20);
    const int64_t a_rows = a.transpose_a ? a.k : a.m, a_columns = a.transpose_a ? a.m : a.k;
    const int64_t b_rows = a.transpose_b ? a.n : a.k, b_columns = a.transpose_b ? a.k : a.n;
    a.a_pitch = std::max<int64_t>(1, a_columns + Between(&random, 0, 5));
    a.b_pitch = std::max<int64_t>(1, b_columns + Between(&random, 0, 5));
    a.c_pitch = a.n + Between(&random, 0, 5);
    const auto size = [](int64_t rows, int64_t columns, int64_t pitch) {
      return rows == 0 ? 0 : (rows - 1) * pitch + columns;
    };
    const Numbers<T> left(size(a_rows, a_columns, a.a_pitch), &random);
    const Numbers<T> right(size(b_rows, b_columns, a.b_pitch), &random);
    const Numbers<T> result(size(a.m, a.n, a.c_pitch), &random);
    std::vector<double> expected(result.data(), result.data() + result.count());
    for (int64_t i = 0; i < a.m; ++i) {
      for (int64_t j = 0; j < a.n; ++j) {
        double sum = a.accumulate ? result[i * a.c_pitch + j] : 0;
        for (int64_t k = 0; k < a.k; ++k) {
          sum += static_cast<double>(left[a.transpose_a ? k * a.a_pitch + i : i * a.a_pitch + k]) *
                 right[a.transpose_b ? j * a.b_pitch + k : k * a.b_pitch + j];
        }
        expected[i * a.c_pitch + j] = sum;
        if (!a.accumulate) result[i * a.c_pitch + j] = static_cast<T>(NAN);  // must not be read
      }
    }
    a.a = left.data();
    a.b = right.data();
    a.c = result.data();
    gemm(a);
    ASSERT_TRUE(result.Intact());
    ExpectClose(result.Copy(), expected, tolerance,
                "trial " + std::to_string(trial) + ", " + std::to_string(a.m) + "x" +
                    std::to_string(a.n) + "x" + std::to_string(a.k));
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(GemmTest, Portable) {
  ExpectProducts<float>(PortableKernels<float>().gemm, 2e-6);
  ExpectProducts<double>(PortableKernels<double>().gemm, 1e-13);
}

TEST(GemmTest, OpenBlas) {
  UseOpenBlas();
  EXPECT_NE(OpenBlasDescription(), "");
  ExpectProducts<float>(GetKernels<float>().gemm, 2e-6);
  GemmArgs<float> nothing;  // no rows: nothing to do, and nothing to read
  GetKernels<float>().gemm(nothing);
  SetGemm(PortableKernels<float>().gemm);
}

TEST(GemmTest, RowProducts) {
  for (const Kernels<float>* table : AllTables()) {
    SCOPED_TRACE(table->isa);
    ExpectProducts<float>(table->row_products, 2e-6, Transposes::kBAlone);
  }
}

TEST(GemmTest, RowProductsRoundAlikeForAnyNumberOfRowsAndColumns) {
  for (const Kernels<float>* table : AllTables()) {
    SCOPED_TRACE(table->isa);
    Random random(2);
    GemmArgs<float> a;
    a.transpose_b = true;
    a.m = 5;
    a.n = a.c_pitch = 7;
    a.k = a.a_pitch = a.b_pitch = 37;
    const Numbers<float> left(a.m * a.k, &random), right(a.n * a.k, &random);
    const Numbers<float> together(a.m * a.n, &random), alone(a.m * a.n, &random);
    a.a = left.data();
    a.b = right.data();
    a.c = together.data();
    table->row_products(a);
    a.m = 1;
    for (int row = 0; row < 5; ++row) {
      for (const auto& [first, count] : {std::pair<int, int>{0, 3}, {3, 4}}) {
        a.a = left.data() + row * a.k;
        a.b = right.data() + first * a.k;
        a.c = alone.data() + row * a.c_pitch + first;
        a.n = count;
        table->row_products(a);
      }
    }
    EXPECT_EQ(together.Copy(), alone.Copy());
  }
}

TEST(KernelTablesTest, PortableIsFirstAndAnyCanBeForced) {
  const auto tables = AllTables();
  ASSERT_GE(tables.size(), 1u);
  EXPECT_STREQ(tables[0]->isa, "portable");
  EXPECT_STREQ(GetKernels<float>().isa, tables.back()->isa) << "the best one is the default";
  EXPECT_STREQ(GetKernels<double>().isa, "portable");
  for (const Kernels<float>* table : tables) {
    EXPECT_TRUE(ForceIsa(table->isa));
    EXPECT_STREQ(GetKernels<float>().isa, table->isa);
    EXPECT_GE(table->tile, 1);
    EXPECT_LE(table->tile, kMaxTile);
    EXPECT_STREQ(GetKernels<double>().isa, "portable");
  }
  EXPECT_FALSE(ForceIsa("sse9"));
  EXPECT_STREQ(GetKernels<float>().isa, tables.back()->isa) << "an unknown name changes nothing";
}

}  // namespace
}  // namespace slim
