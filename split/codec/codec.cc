#include "split/codec/codec.h"

#include "split/codec/bit_pack.h"

namespace slim {
namespace {

// A table per channel from the bytes of a judged format.
template <class Table>
const Table* MakeTables(const FeatureFormat& format, Workspace& workspace) {
  Table* tables = workspace.Take<Table>(format.channels);
  const uint8_t* bytes = format.tables;
  int64_t left = format.table_bytes;
  for (int64_t channel = 0; channel < format.channels; ++channel) {
    ProbTable table;
    if (!ProbTable::Parse(bytes, left, &table).ok()) return nullptr;  // judged before
    const Table made = Table::Make(table, workspace);
    if (tables != nullptr) tables[channel] = made;
    bytes += table.bytes();
    left -= table.bytes();
  }
  return tables;
}

// Counts, or makes, what the rows need.
template <class Table>
Status LayOut(const FeatureFormat* formats, int32_t rows, Workspace& workspace,
              CodecRows<Table>* made) {
  if (rows < 1) return Invalid("codec: there are no rows", rows);
  int64_t most_channels = 0, most_symbols = 0;
  for (int32_t row = 0; row < rows; ++row) {
    Status status = formats[row].Judge();
    status.where = row;
    SLIM_RETURN_IF_ERROR(status);
    if (formats[row].channels > most_channels) most_channels = formats[row].channels;
    if (formats[row].symbols() > most_symbols) most_symbols = formats[row].symbols();
  }
  made->formats = formats;
  made->count = rows;
  made->tables = workspace.Take<const Table*>(rows);
  made->quantizers = workspace.Take<Quantizer>(most_channels);
  made->symbols = workspace.Take<uint8_t>(most_symbols);
  for (int32_t row = 0; row < rows; ++row) {
    const Table* tables =
        formats[row].IsRans() ? MakeTables<Table>(formats[row], workspace) : nullptr;
    if (made->tables != nullptr) made->tables[row] = tables;
  }
  return OkStatus();
}

template <class Table>
Status PlanRows(const FeatureFormat* formats, int32_t rows, int64_t* bytes) {
  Workspace counting;
  CodecRows<Table> none;
  SLIM_RETURN_IF_ERROR(LayOut(formats, rows, counting, &none));
  *bytes = counting.used();
  return OkStatus();
}

template <class Table>
Status PrepareRows(const FeatureFormat* formats, int32_t rows, void* memory, int64_t bytes,
                   CodecRows<Table>* made) {
  int64_t needed = 0;
  SLIM_RETURN_IF_ERROR(PlanRows<Table>(formats, rows, &needed));
  if (bytes < needed) return TooSmall("codec: the memory is too small", needed);
  Workspace workspace(memory);
  return LayOut(formats, rows, workspace, made);
}

// The same quantiser for every channel of a row.
template <class Table>
const Quantizer* QuantizersOf(const CodecRows<Table>& rows, const FeatureFormat& format) {
  for (int64_t channel = 0; channel < format.channels; ++channel) {
    rows.quantizers[channel] = format.quantizer;
  }
  return rows.quantizers;
}

}  // namespace

int64_t FeatureFormat::MostBytes() const {
  return IsRans() ? RansMostBytes(symbols()) : PackedBytes(symbols(), quantizer.bits);
}

Status FeatureFormat::Judge() const {
  SLIM_RETURN_IF_ERROR(quantizer.Judge());
  if (pixels < 1 || channels < 1 || SaturatingMul(pixels, channels) > kMostSymbols) {
    return Invalid("features: no symbols, or more than 2^28");
  }
  if (coding == Coding::kRawBits) {
    return table_bytes == 0 ? OkStatus() : Invalid("features: raw bits have no prob tables");
  }
  if (!IsRans()) return Unsupported("features: unknown coding");
  const int highest = (1 << quantizer.bits) - 1;
  int64_t at = 0;
  for (int64_t channel = 0; channel < channels; ++channel) {
    ProbTable table;
    SLIM_RETURN_IF_ERROR(ProbTable::Parse(tables + at, table_bytes - at, &table));
    const int last = table.first + table.symbols - 1;
    if (last > highest) return Invalid("features: a prob table lists symbols that do not exist");
    if (!table.escape && (table.first != 0 || last != highest)) {
      return Invalid("features: a prob table leaves symbols out, and has no escape");
    }
    at += table.bytes();
  }
  if (at != table_bytes) return Invalid("features: bytes follow the last prob table");
  return OkStatus();
}

Status FeatureEncoder::Plan(const FeatureFormat* formats, int32_t rows, int64_t* bytes) {
  return PlanRows<RansEncodeTable>(formats, rows, bytes);
}

Status FeatureEncoder::Prepare(const FeatureFormat* formats, int32_t rows, void* memory,
                               int64_t bytes) {
  return PrepareRows(formats, rows, memory, bytes, &rows_);
}

Status FeatureEncoder::Encode(Width row, const float* latent, uint8_t* out, int64_t capacity,
                              int64_t* size) {
  SLIM_ASSERT(row >= 0 && row < rows_.count);
  const FeatureFormat& format = rows_.formats[row];
  QuantizePlanes(QuantizersOf(rows_, format), latent, format.pixels, format.channels,
                 rows_.symbols);
  if (format.IsRans()) {
    return RansEncode(rows_.tables[row], format.layout(), rows_.symbols, out, capacity, size);
  }
  SLIM_RETURN_IF_ERROR(
      PackBits(rows_.symbols, format.symbols(), format.quantizer.bits, out, capacity));
  *size = PackedBytes(format.symbols(), format.quantizer.bits);
  return OkStatus();
}

Status FeatureDecoder::Plan(const FeatureFormat* formats, int32_t rows, int64_t* bytes) {
  return PlanRows<RansDecodeTable>(formats, rows, bytes);
}

Status FeatureDecoder::Prepare(const FeatureFormat* formats, int32_t rows, void* memory,
                               int64_t bytes) {
  return PrepareRows(formats, rows, memory, bytes, &rows_);
}

Status FeatureDecoder::Decode(Width row, const uint8_t* payload, int64_t size, float* latent) {
  SLIM_ASSERT(row >= 0 && row < rows_.count);
  const FeatureFormat& format = rows_.formats[row];
  if (format.IsRans()) {
    SLIM_RETURN_IF_ERROR(
        RansDecode(rows_.tables[row], format.layout(), payload, size, rows_.symbols));
  } else {
    SLIM_RETURN_IF_ERROR(
        UnpackBits(payload, size, format.quantizer.bits, rows_.symbols, format.symbols()));
  }
  DequantizePlanes(QuantizersOf(rows_, format), rows_.symbols, format.pixels, format.channels,
                   latent);
  return OkStatus();
}

}  // namespace slim
