// A libmpi of one rank that records its calls, with the handles of one of the three binary interfaces:
// -DOPEN_MPI, -DMPICH or -DSTANDARD. MADE_UP_SIZE is the number of ranks that it claims, MADE_UP_LOG the file of
// its calls, and MADE_UP_FAILURE the name of a call that fails.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(MPICH)
typedef int Handle;
enum { WORLD = 0x44000000, RETURN = 0x54000001, BYTE = 0x4c00010d, FLOAT = 0x4c00040a, DOUBLE = 0x4c00080b };
enum { SUM = 0x58000003, FUNNELED = 1, IN_PLACE = -1 };
#elif defined(STANDARD)
typedef void *Handle;
enum { WORLD = 0x101, RETURN = 0x143, BYTE = 0x247, FLOAT = 0x210, DOUBLE = 0x214, SUM = 0x21 };
enum { FUNNELED = 1024, IN_PLACE = 1 };
#else
typedef void *Handle;
char ompi_mpi_comm_world, ompi_mpi_errors_return, ompi_mpi_byte, ompi_mpi_float, ompi_mpi_double, ompi_mpi_op_sum;
#define WORLD &ompi_mpi_comm_world
#define RETURN &ompi_mpi_errors_return
#define BYTE &ompi_mpi_byte
#define FLOAT &ompi_mpi_float
#define DOUBLE &ompi_mpi_double
#define SUM &ompi_mpi_op_sum
enum { FUNNELED = 1, IN_PLACE = 1 };
#endif

static const char *name(Handle handle) {
#define IS(value) (handle == (Handle)(value))
  return IS(WORLD) ? "world" : IS(RETURN) ? "return" : IS(BYTE) ? "byte" : IS(FLOAT) ? "float" :
         IS(DOUBLE) ? "double" : IS(SUM) ? "sum" : "unknown";
}

static int call(const char *function, const char *arguments) {
  FILE *log = fopen(getenv("MADE_UP_LOG"), "a");
  fprintf(log, "%s(%s)\n", function, arguments);
  fclose(log);
  const char *failure = getenv("MADE_UP_FAILURE");
  return failure != NULL && strcmp(failure, function) == 0 ? 15 : 0;
}

#define CALL(...) snprintf(arguments, sizeof arguments, __VA_ARGS__), call(__func__, arguments)
#define PLACE(pointer) ((long)(pointer) == IN_PLACE ? "in place" : "array")
static char arguments[200];

#if defined(STANDARD)
int MPI_Abi_get_version(int *major, int *minor) { return *major = 1, *minor = 0; }
#elif defined(MPICH)
int MPI_Abi_get_version(int *major, int *minor) { return *major = -1, *minor = -1, 0; }
#endif
int MPI_Init_thread(int *argc, char ***argv, int required, int *provided) {
  *provided = required;
  const char *is = argc == NULL && argv == NULL && required == FUNNELED ? "funneled" : "unknown";
  const char *events = getenv("UCX_MEM_EVENTS"), *links = getenv("OMPI_MCA_btl_tcp_links");
  const char *isAsync = getenv("OMPI_MCA_async_mpi_finalize");
  return CALL("%s, UCX_MEM_EVENTS=%s, OMPI_MCA_btl_tcp_links=%s%s%s", is, events ? events : "unset",
              links ? links : "unset", isAsync ? ", OMPI_MCA_async_mpi_finalize=" : "", isAsync ? isAsync : "");
}
int MPI_Comm_set_errhandler(Handle comm, Handle handler) { return CALL("%s, %s", name(comm), name(handler)); }
int MPI_Finalize(void) { return CALL("%s", ""); }
int MPI_Abort(Handle comm, int status) {
  CALL("%s, %d", name(comm), status);
  exit(status);
}
int MPI_Comm_rank(Handle comm, int *rank) { return *rank = 0, CALL("%s", name(comm)); }
int MPI_Comm_size(Handle comm, int *size) { return *size = atoi(getenv("MADE_UP_SIZE")), CALL("%s", name(comm)); }
int MPI_Get_library_version(char *text, int *length) {
  return *length = sprintf(text, "Made  Up v1.2, package: none\nmore"), 0;
}
int MPI_Error_string(int code, char *text, int *length) {
  return *length = sprintf(text, "MADE_UP_%d: message truncated", code), 0;
}
int MPI_Allreduce(const void *send, void *values, int count, Handle type, Handle op, Handle comm) {
  return CALL("%s, %d, %s, %s, %s", PLACE(send), count, name(type), name(op), name(comm));
}
int MPI_Bcast(void *bytes, int count, Handle type, int root, Handle comm) {
  return CALL("%d, %s, %d, %s", count, name(type), root, name(comm));
}
int MPI_Allgather(const void *send, int count, Handle type, void *all, int each, Handle other, Handle comm) {
  memcpy(all, send, count);
  return CALL("%d, %s, %d, %s, %s", count, name(type), each, name(other), name(comm));
}
int MPI_Alltoallv(const void *send, const int *counts, const int *places, Handle type, void *receive,
                  const int *received, const int *at, Handle other, Handle comm) {
  memcpy((float *)receive + *at, (const float *)send + *places, *counts * sizeof(float));
  return CALL("%d at %d, %s, %d at %d, %s, %s", *counts, *places, name(type), *received, *at, name(other), name(comm));
}
int MPI_Allgatherv(const void *send, int count, Handle type, void *values, const int *counts, const int *places,
                   Handle other, Handle comm) {
  return CALL("%s, %d, %s, %d at %d, %s, %s", PLACE(send), count, name(type), *counts, *places, name(other),
              name(comm));
}
int MPIX_Comm_revoke(Handle comm) { return CALL("%s", name(comm)); }
int MPIX_Comm_agree(Handle comm, int *flag) { return CALL("%s, %d", name(comm), *flag); }
int MPIX_Comm_shrink(Handle comm, Handle *left) { return *left = comm, CALL("%s", name(comm)); }
