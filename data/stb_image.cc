// The one place where stb_image is compiled: JPEG and PNG from memory, nothing else.
#include <stdlib.h>

#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#define STBI_MAX_DIMENSIONS 16384
// A damaged JPEG may leave parts of its planes unwritten: they are then zero, the same in every
// run.
#define STBI_MALLOC(bytes) calloc(1, bytes)
#define STBI_REALLOC(pointer, bytes) realloc(pointer, bytes)
#define STBI_FREE(pointer) free(pointer)

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wall"
#pragma GCC diagnostic ignored "-Wextra"
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wsign-compare"
#include <stb/stb_image.h>
#pragma GCC diagnostic pop
