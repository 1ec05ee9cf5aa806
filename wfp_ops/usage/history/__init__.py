"""Usage that is kept longer than Cloudflare's analytics reach: collected by the hour, in Parquet files."""
