// npm run build:native
export const SOURCES_SHA256 = '61f56d529cd76dd0828ccf5506d3bdb9cdf06518660da30b782271f33fc3fee6';
