"""The edges in Azure: blob storage, Azure ML. Each turns SDK errors into ours."""
