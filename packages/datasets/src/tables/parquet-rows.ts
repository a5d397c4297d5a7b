import { errorCode, fileError } from '@ramble/node';
import type { FileMetaData, SchemaTree } from 'hyparquet';

import { type TableRows, valueAt } from './table-rows.js';

/** Maximum number of bytes in memory of one row group's wanted columns. */
const MAX_GROUP_BYTES = 2 ** 31;

/**
 * Opens a Parquet file as a table. At a time, only the wanted columns of one row group are in memory.
 *
 * @throws Error that names the file if it cannot be read, is not Parquet, is damaged, or has row groups that
 *   are too large.
 */
export async function parquetRows(path: string): Promise<TableRows> {
  const [
    { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema },
    packing,
  ] = await Promise.all([import('hyparquet'), import('hyparquet-compressors')]);
  const failure = (error: unknown): Error => {
    if (errorCode(error) !== undefined) return fileError(path, error);
    // In a damaged file, errors of JavaScript itself, and reasons that contain `undefined`, are not helpful
    // and are left out.
    const isReason =
      error instanceof Error && error.name === 'Error' && !/\bundefined\b/.test(error.message);
    const reason = isReason ? ` (${error.message})` : '';
    return new Error(`${path}: expected an intact Parquet file, got damaged data${reason}`, {
      cause: error,
    });
  };
  const fail = (error: unknown): never => {
    throw failure(error);
  };
  const file = await asyncBufferFromFile(path).catch(fail);
  const metadata = await parquetMetadataAsync(file).catch(fail);
  return {
    columns: parquetSchema(metadata).children.flatMap((child) => pathsOf(child)),
    linesBefore: 0,
    rows: async function* (columns) {
      const groups = [...new Set(columns.map((column) => column.split('.', 1)[0]))];
      let rowStart = 0;
      for (const group of metadata.row_groups) {
        const rowEnd = rowStart + Number(group.num_rows);
        checkSize(path, group, groups);
        const rows = await parquetReadObjects({
          file,
          metadata,
          columns: groups,
          rowStart,
          rowEnd,
          compressors: packing.compressors,
        }).catch(fail);
        for (const row of rows) yield columns.map((column) => valueAt(row, column));
        rowStart = rowEnd;
      }
    },
  };
}

/** Returns the path of a column or the paths of a group's fields. A list is one column. */
function pathsOf({ path, children, element }: SchemaTree): string[] {
  if (element.converted_type === 'LIST' || element.logical_type?.type === 'LIST') {
    return [path.join('.')];
  }
  if (element.repetition_type === 'REPEATED') return [];
  return children.length === 0 ? [path.join('.')] : children.flatMap((child) => pathsOf(child));
}

function checkSize(
  path: string,
  { columns }: FileMetaData['row_groups'][number],
  groups: readonly string[],
): void {
  const sizeBytes = columns
    .filter(({ meta_data: column }) => column && groups.includes(column.path_in_schema[0]))
    .reduce((sum, { meta_data: column }) => sum + Number(column?.total_uncompressed_size ?? 0), 0);
  if (sizeBytes <= MAX_GROUP_BYTES) return;
  throw new Error(
    `${path}: expected row groups of up to ${MAX_GROUP_BYTES} bytes, got one of ${sizeBytes}; write it with a smaller row_group_size`,
  );
}
