// npm run build:native
export const SOURCES_SHA256 = '490722754293646877ee63fac15e4f151546b6afe7ac3111bfa79aa938cab09d';
