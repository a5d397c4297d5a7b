/** The types of values in a GGUF file's metadata; a type's number is its place in this list. */
export const VALUE_TYPES = [
  ...(['uint8', 'int8', 'uint16', 'int16', 'uint32', 'int32', 'float32'] as const),
  ...(['bool', 'string', 'array', 'uint64', 'int64', 'float64'] as const),
] as const;

type ValueType = (typeof VALUE_TYPES)[number];
/** A type of a single value, which an array holds many of. */
export type ScalarType = Exclude<ValueType, 'array'>;
export type Scalar = number | boolean | string;

/** A value of the metadata as it is read. */
export type MetadataValue = Scalar | readonly number[] | readonly boolean[] | readonly string[];

/** The metadata of a file by key, such as `general.architecture`. */
export type Metadata = ReadonlyMap<string, MetadataValue>;

/** A value to be written with its type. */
export type TypedValue =
  | { readonly type: ScalarType; readonly value: Scalar }
  | { readonly type: 'array'; readonly of: ScalarType; readonly values: readonly Scalar[] };
