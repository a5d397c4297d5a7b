// npm run build:native
export const SOURCES_SHA256 = 'df804d682b21b8db4698e59bebbf53622859e22c8892dd6b93802483d0be3bdf';
