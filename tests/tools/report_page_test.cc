// What a report is drawn from, and the geometry of its charts: numbers computed by hand.
#include "tools/report_page.h"

#include "gtest/gtest.h"
#include "tests/core/file_support.h"
#include "tools/percentile.h"
#include "tools/svg_plot.h"

namespace slim {
namespace {

std::string TextOf(const std::vector<Point>& points) {
  std::string text;
  for (const Point& p : points) text += Readable(p.x) + "," + Readable(p.y) + " ";
  return text;
}

TEST(Hull, BendsDownwardsFromTheLeftmostToTheHighest) {
  EXPECT_EQ(TextOf(UpperHull({})), "");
  EXPECT_EQ(TextOf(UpperHull({{2, 5}})), "2,5 ");
  // (2, 1) lies below the chord from (1, 1) to (3, 4), (5, 4) is no higher than (3, 4).
  EXPECT_EQ(TextOf(UpperHull({{3, 4}, {2, 1}, {1, 1}, {5, 4}})), "1,1 3,4 ");
  // In any order; (3, 3.2) lies below the chord from (2, 3) to (5, 4), slopes 2, 1, 0.5 all stay.
  EXPECT_EQ(TextOf(UpperHull({{5, 4}, {1, 1}, {3, 3.2}, {2, 3}})), "1,1 2,3 5,4 ");
  EXPECT_EQ(TextOf(UpperHull({{1, 1}, {2, 3}, {3, 4}, {5, 5}})), "1,1 2,3 3,4 5,5 ");
  // Of two above each other the upper one.
  EXPECT_EQ(TextOf(UpperHull({{1, 1}, {1, 2}, {1, 0}})), "1,2 ");
}

TEST(Axis, PlacesAndTicks) {
  const Axis linear(Axis::Scale::kLinear, 20, 30, 100, 0);
  EXPECT_DOUBLE_EQ(linear.At(25), 50);
  EXPECT_DOUBLE_EQ(linear.At(99), 0);  // stays within
  EXPECT_EQ(linear.Ticks(5), (std::vector<double>{20, 22, 24, 26, 28, 30}));
  const Axis log(Axis::Scale::kLog, 1, 100, 0, 200);
  EXPECT_NEAR(log.At(10), 100, 1e-9);
  EXPECT_EQ(log.Ticks(10).size(), 7u);  // 1 2 5 10 20 50 100
  EXPECT_EQ(log.Ticks(5).size(), 5u);   // 1 3 10 30 100
  EXPECT_EQ(log.Ticks(3).size(), 3u);
}

TEST(Texts, AreReadableAndHarmless) {
  EXPECT_EQ(Readable(0), "0");
  EXPECT_EQ(Readable(0.0504), "0.05");
  EXPECT_EQ(Readable(3.14159), "3.14");
  EXPECT_EQ(Readable(12.34), "12.3");
  EXPECT_EQ(Readable(100), "100");
  EXPECT_EQ(Readable(1234567.25), "1,234,567.2");
  EXPECT_EQ(Escaped("a<b> & \"c\" ü"), "a&lt;b&gt; &amp; &quot;c&quot; ü");
  EXPECT_EQ(Escaped(std::string("x\0y\x1F\n", 5)), "x?y??");
  EXPECT_EQ(Escaped("\xFF!"), "\xEF\xBF\xBD!");
}

TEST(Percentile, StandsAfterItsPartOfTheList) {
  std::vector<double> numbers = {5, 1, 4, 2, 3};
  EXPECT_EQ(Percentile(&numbers, 0.5), 3);
  EXPECT_EQ(Percentile(&numbers, 0.99), 5);
  EXPECT_EQ(Percentile(&numbers, 0), 1);
  EXPECT_EQ(Percentile(&numbers, 1), 5);
  numbers.clear();
  EXPECT_EQ(Percentile(&numbers, 0.5), 0);
}

const char kMode[] =
    R"({"mode":"1.1","head_macs":10,"head_parameters":5,"bytes":16.5,"most_bytes":17,"head_ms":0.1,)"
    R"("accuracy":0.5,"images":100})";
const char kJpeg[] =
    R"({"baseline":"jpeg","quality":10,"head_macs":0,"head_parameters":0,"bytes":700,"most_bytes":800,)"
    R"("bytes_without_header":77.5,"head_ms":0.1,"accuracy":0.4,"images":100})";
const char kFrame[] =
    R"({"step":0,"time_s":0.5,"mode":"1.1","deadline_ms":100,"link_bytes_per_s":null,"head_ms":1,)"
    R"("encode_ms":0.1,"server_ms":2,"total_ms":9,"bytes":48,"outcome":"answered","in_time":true,)"
    R"("label":1,"class":1,"correct":true,"transfer_ms":5})";

class ReportData : public FileTest {
 protected:
  // What is said about the text as a trace, or else as an evaluation.
  static std::string Complaint(bool trace, const std::string& text) {
    Write("lines", text);
    return MessageOf([&] { trace ? (void)ReadTraceLines("lines") : (void)ReadEvalLines("lines"); },
                     ErrorKind::kBadInput);
  }
  static void Expect(const std::string& complaint, const std::string& begin,
                     const std::string& part) {
    EXPECT_EQ(complaint.rfind(begin, 0), 0u) << complaint;
    EXPECT_NE(complaint.find(part), std::string::npos) << complaint;
  }
  static std::string Replaced(std::string text, const std::string& what, const std::string& by) {
    return text.replace(text.find(what), what.size(), by);
  }
};

TEST_F(ReportData, EvaluationIsRead) {
  Write("lines", std::string(kMode) + "\n" + kJpeg + "\n");
  const std::vector<EvalLine> lines = ReadEvalLines("lines");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].name, "1.1");
  EXPECT_EQ(lines[0].baseline, "");
  EXPECT_EQ(lines[0].bytes, 16.5);
  EXPECT_EQ(lines[1].name, "jpeg 10");
  EXPECT_EQ(lines[1].baseline, "jpeg");
  EXPECT_EQ(lines[1].scan_bytes, 77.5);
  EXPECT_EQ(lines[1].most_bytes, 800);
}

TEST_F(ReportData, DamagedEvaluationIsRefusedByLine) {
  const std::string good = std::string(kMode) + "\n";
  Expect(Complaint(false, good + "{\"mode\":"), "lines:2: ", "not valid JSON");
  Expect(Complaint(false, good + "\n"), "lines:2: ", "not valid JSON");
  Expect(Complaint(false, good + "[1]\n"), "lines:2: ", "object");
  Expect(Complaint(false, good + good + "{\"step\":1}\n"), "lines:3: ", "\"mode\"");
  Expect(Complaint(false, Replaced(kMode, "0.5", "1.5")), "lines:1: ", "accuracy");
  Expect(Complaint(false, Replaced(kMode, "\"accuracy\":0.5,", "")), "lines:1: ", "--data");
  Expect(Complaint(false, Replaced(kMode, "16.5", "-1")), "lines:1: ", "bytes");
  Expect(Complaint(false, Replaced(kMode, "16.5", "\"many\"")), "lines:1: ", "bytes");
  Expect(Complaint(false, Replaced(kMode, ":100}", ":1.5}")), "lines:1: ", "images");
  Expect(Complaint(false, kJpeg), "lines: ", "no line of a mode");
  Expect(Complaint(false, ""), "lines: ", "no line of a mode");
}

// What a killed program leaves.
TEST_F(ReportData, ALastLineThatWasCutShortIsLeftOut) {
  const std::string line = std::string(kFrame) + "\n";
  for (const size_t size : {line.size() - 2, line.size() / 2, size_t{1}}) {
    Write("lines", line + line.substr(0, size));
    std::string note;
    EXPECT_EQ(ReadTraceLines("lines", &note).size(), 1u);
    EXPECT_EQ(note, "lines: the last line was cut short and is left out");
    Expect(Complaint(true, line + line.substr(0, size)), "lines:2: ", "not valid JSON");
  }
  // A line that lacks only its end is whole; one with an end is none that was cut short.
  std::string note;
  Write("lines", line + kFrame);
  EXPECT_EQ(ReadTraceLines("lines", &note).size(), 2u);
  EXPECT_EQ(note, "");
  Write("lines", line + line.substr(0, 9) + "\n");
  EXPECT_NE(MessageOf([&] { ReadTraceLines("lines", &note); }, ErrorKind::kBadInput), "");
  // Nothing but such a line is nothing.
  Write("lines", line.substr(0, 9));
  EXPECT_NE(MessageOf([&] { ReadTraceLines("lines", &note); }, ErrorKind::kBadInput), "");
}

TEST_F(ReportData, LocalExitsArePassedOver) {
  Write("lines",
        std::string(kMode) +
            "\n{\"local_exit\":\"1.1\",\"exit_macs\":9,\"exit_parameters\":4,\"accuracy\":0.4}\n");
  EXPECT_EQ(ReadEvalLines("lines").size(), 1u);
}

TEST_F(ReportData, TraceIsReadAndJudged) {
  const std::string later = Replaced(kFrame, "0.5", "0.75");
  Write("lines", std::string(kFrame) + "\n" + later);
  const std::vector<TraceLine> frames = ReadTraceLines("lines");
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].link_bytes_per_s, -1);
  EXPECT_EQ(frames[0].transfer_ms, 5);
  EXPECT_TRUE(frames[1].in_time && frames[1].correct);
  Expect(Complaint(true, later + "\n" + kFrame), "lines:2: ", "time_s");
  Expect(Complaint(true, Replaced(kFrame, "true", "1")), "lines:1: ", "in_time");
  Expect(Complaint(true, Replaced(kFrame, "\"deadline_ms\":100,", "")), "lines:1: ", "deadline_ms");
  Expect(Complaint(true, ""), "lines: ", "no line of a frame");
}

}  // namespace
}  // namespace slim
