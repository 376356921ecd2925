/*
 * Compiles a Lua 5.5 source as luac does: luac5.5 [-p] [-s] [-o OUTPUT] [INPUT]
 *
 * Debian has no luac of Lua 5.5. .ci/run builds this one with the sources of Lua 5.5 that the crate
 * lua-src has, which are without luac.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lauxlib.h"
#include "lua.h"

static int write_piece(lua_State *L, const void *piece, size_t size, void *file) {
  (void)L;
  return size > 0 && fwrite(piece, size, 1, file) != 1;
}

int main(int argc, char **argv) {
  const char *input = "-", *output = "luac.out";
  int parse_only = 0, strip = 0;
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "-p") == 0) parse_only = 1;
    else if (strcmp(argv[i], "-s") == 0) strip = 1;
    else if (strcmp(argv[i], "-o") == 0 && i + 1 < argc) output = argv[++i];
    else input = argv[i];
  }
  lua_State *L = luaL_newstate();
  /* A null name is standard input, and the mode allows text only. */
  if (luaL_loadfilex(L, strcmp(input, "-") == 0 ? NULL : input, "t") != LUA_OK) {
    fprintf(stderr, "luac5.5: %s\n", lua_tostring(L, -1));
    return EXIT_FAILURE;
  }
  if (parse_only) {
    lua_close(L);
    return EXIT_SUCCESS;
  }
  FILE *file = strcmp(output, "-") == 0 ? stdout : fopen(output, "wb");
  if (file == NULL || lua_dump(L, write_piece, file, strip) != 0 || fclose(file) != 0) {
    perror(output);
    return EXIT_FAILURE;
  }
  lua_close(L);
  return EXIT_SUCCESS;
}
