// The start of the addon on Windows, where it is linked without the compiler's own: Node-API's functions are
// looked up in the program that loads the addon, whatever it is called (node.exe, bun.exe), and the layout of
// thread_local variables is described.
#include <node_api.h>

#include "system/windows.h"

// The functions in use. Calls go through a pointer named __imp_NAME, which an import library would define;
// the linker finds each that is missing here.
#define EACH_FUNCTION(_)        \
  _(napi_create_array)          \
  _(napi_create_double)         \
  _(napi_create_external)       \
  _(napi_create_function)       \
  _(napi_create_string_utf8)    \
  _(napi_create_uint32)         \
  _(napi_get_array_length)      \
  _(napi_get_arraybuffer_info)  \
  _(napi_get_boolean)           \
  _(napi_get_cb_info)           \
  _(napi_get_element)           \
  _(napi_get_typedarray_info)   \
  _(napi_get_value_bool)        \
  _(napi_get_value_double)      \
  _(napi_get_value_external)    \
  _(napi_get_value_string_utf8) \
  _(napi_is_typedarray)         \
  _(napi_set_element)           \
  _(napi_set_named_property)    \
  _(napi_throw_error)

extern "C" {

#define POINTER(name) FARPROC __imp_##name;
EACH_FUNCTION(POINTER)

// What the loader reads of thread_local variables: where their first values are, and where to write the index
// of this file's. The linker sorts sections by the name behind the dollar sign.
ULONG _tls_index;
__attribute__((section(".tls"))) char tlsStart;
__attribute__((section(".tls$ZZZ"))) char tlsEnd;
extern const IMAGE_TLS_DIRECTORY64 _tls_used;
__attribute__((section(".rdata$T"))) const IMAGE_TLS_DIRECTORY64 _tls_used = {
    reinterpret_cast<ULONGLONG>(&tlsStart),
    reinterpret_cast<ULONGLONG>(&tlsEnd),
    reinterpret_cast<ULONGLONG>(&_tls_index),
    0,
    0,
    {},
};

// False, after which the file does not load, where the program lacks a function.
BOOL WINAPI DllMainCRTStartup(HINSTANCE, DWORD reason, LPVOID) {
  if (reason != DLL_PROCESS_ATTACH) return TRUE;
  const HMODULE program = GetModuleHandleW(nullptr);
#define FIND(name) \
  if ((__imp_##name = GetProcAddress(program, #name)) == nullptr) return FALSE;
  EACH_FUNCTION(FIND)
  return TRUE;
}

}  // extern "C"
