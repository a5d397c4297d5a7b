// npm run build:native
export const SOURCES_SHA256 = '5bfad06f948b6883a448d05c06f15596147dc19f1c90d3eed314fd8409156e57';
