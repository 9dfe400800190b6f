"""Reads and writes safetensors with numpy; the bytes are those of core/safetensors_host.h, checksum included."""

import json
import struct
import zlib

import numpy

_DTYPES = {"F64": "<f8", "I64": "<i8", "U64": "<u8", "F32": "<f4", "I32": "<i4", "U32": "<u4", "F16": "<f2",
           "I16": "<i2", "U16": "<u2", "I8": "i1", "U8": "u1", "BOOL": "?"}
_NAMES = {numpy.dtype(code): name for name, code in _DTYPES.items()}
_CHECKSUM = "slimsplit.crc32"


def _header_text(metadata, entries):
    header = {"__metadata__": dict(sorted(metadata.items()))} if metadata else {}
    header.update(entries)
    return json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()


def save(path, tensors, metadata=None):
    """tensors: {name: array}; metadata: {str: str}."""
    metadata = dict(metadata or {})
    arrays = {name: numpy.asarray(array, order="C") for name, array in tensors.items()}
    entries, data = {}, bytearray()
    for name in sorted(arrays, key=lambda name: (-arrays[name].itemsize, name)):
        array = arrays[name]
        dtype = _NAMES[array.dtype]
        begin = len(data)
        data += array.tobytes()
        entries[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [begin, len(data)]}
    metadata[_CHECKSUM] = "%08x" % zlib.crc32(_header_text(metadata, entries) + data)
    text = _header_text(metadata, entries)
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def load(path):
    """-> ({name: array}, {str: str}); BF16 becomes float32. For files we trust: the judge of others is the C++ reader."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    metadata = header.pop("__metadata__", {})
    checksum = metadata.pop(_CHECKSUM, None)
    entries = dict(sorted(header.items(), key=lambda item: (item[1]["data_offsets"], item[0])))
    ordered = {name: {key: entry[key] for key in ("dtype", "shape", "data_offsets")} for name, entry in entries.items()}
    if checksum not in (None, "%08x" % zlib.crc32(_header_text(metadata, ordered) + data)):
        raise ValueError(f"{path}: the checksum does not match; fetch or export the file again")
    tensors = {}
    for name, entry in entries.items():
        raw = data[slice(*entry["data_offsets"])]
        if entry["dtype"] == "BF16":
            array = (numpy.frombuffer(raw, "<u2").astype("<u4") << 16).view("<f4")
        else:
            array = numpy.frombuffer(raw, _DTYPES[entry["dtype"]])
        tensors[name] = array.reshape(entry["shape"]).copy()
    return tensors, metadata
