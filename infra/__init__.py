"""What Shelfcast runs on in Azure: Bicep, Data Factory, and the check of both that needs no subscription."""
